import { string, topology } from 'millrace';

export default topology(
  'upper-case',
  (builder) => {
    builder
      .stream<string, string>('lines')
      .mapValues((line) => line.toUpperCase())
      .to('shouted-lines');
  },
  { keySerde: string(), valueSerde: string() },
);
