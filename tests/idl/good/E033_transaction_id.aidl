interface E033_transaction_id {
    void ping() = 1;
    void pong() = 2;
    void stop() = 3;
}
