import { MemoryLedger } from '../support/memory-ledger.ts';
import { describeLedger } from './ledger-contract.ts';

describeLedger('the ledger in memory', async () => {
  const ledger = new MemoryLedger();
  return { reader: ledger, writer: ledger };
});
