import { topology } from 'millrace';

export default topology('duplicate-stores', (builder) => {
  builder.stream<number, string>('orders').groupByKey().count({ name: 'counts' });
  builder.stream<number, string>('returns').groupByKey().count({ name: 'counts' });
});
