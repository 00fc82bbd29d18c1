// Every change of an order once, under the id of the change (`gtid#row`), and how many there were by status: what is lost or
// done twice is seen at once. Always equal to the records of mysql.shop.orders.
import { topology, type ProcessorContext, type ProcessorSupplier, type StreamRecord } from 'millrace';
import { type Order, orders } from '../../../topologies/shop.tables.ts';

const byRecordId: ProcessorSupplier<number, Order | null, string, Order | null> = () => {
  let context: ProcessorContext<StreamRecord<string, Order | null>>;
  return {
    init: (given) => void (context = given),
    process: (record) => {
      const id = record.headers.find(([name]) => name === 'id')?.[1];
      return context.forward(record.withKey(String(id)));
    },
  };
};

export default topology('order-changes', (builder) => {
  const changes = builder.mysqlStream(orders);
  changes.process(byRecordId, { name: 'by-record-id' }).to('shop.order-changes');
  changes
    .map((order) => [order?.status ?? 'deleted', true])
    .groupByKey()
    .count({ name: 'changes-by-status' })
    .toStream()
    .to('shop.changes-by-status');
});
