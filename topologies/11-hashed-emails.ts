// Call something asynchronous for each record: here a hash made outside of the JavaScript thread, as well it could be a request
// to a service. Up to 16 calls are on their way at once; the results of a customer stay in order, and a commit waits for the
// calls it counts, so that none is lost. Always equal to
//   SELECT id, country, SHA2(email, 256) FROM customers
import { topology } from 'millrace';
import { customers } from './shop.tables.ts';

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex');
}

export default topology('hashed-emails', (builder) => {
  builder
    .mysqlStream(customers)
    .mapValuesAsync(
      async (customer) =>
        customer === null ? null : { country: customer.country, email_sha256: await sha256(customer.email) },
      { concurrency: 16, timeoutMs: 5000, retry: { attempts: 3 } },
    )
    .to('shop.hashed-emails', { cleanupPolicy: 'compact' });
});
