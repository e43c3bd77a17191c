interface E033_transaction_id {
    void ping() = 1;
    void pong() = 1;
    void stop();
}
