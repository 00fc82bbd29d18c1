import { avro, string, topology } from 'millrace';

const word = { type: 'record', name: 'Word', fields: [{ name: 'length', type: 'int' }] } as const;

export default topology('avro-words', (builder) => {
  builder
    .stream<string, string>('words', { keySerde: string(), valueSerde: string() })
    .mapValues((value) => ({ length: value.length }))
    .to('lengths', { valueSerde: avro(word), keySerde: string() });
});
