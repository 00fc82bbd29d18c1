import { string, topology } from 'millrace';

export default topology(
  'upper-case',
  (builder) => {
    builder
      .stream<string, string>('lines')
      .mapValues((line) => line.toUpperCase())
      .peek((line) => void process.stdout.write(`${line}\n`))
      .to('shouted-lines');
  },
  { keySerde: string(), valueSerde: string() },
);
