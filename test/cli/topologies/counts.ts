import { string, topology } from 'millrace';

export default topology('counts', (builder) => {
  builder
    .stream<string, string>('words', { keySerde: string(), valueSerde: string() })
    .groupByKey()
    .count({ name: 'word-counts' })
    .toStream()
    .to('counted-words');
});
