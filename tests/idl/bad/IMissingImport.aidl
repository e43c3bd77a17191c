// Nothing here is like these names.
interface IMissingImport { shop.Money pay(in Voucher with); }
