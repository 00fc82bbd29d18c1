import { topology } from 'millrace';

export default topology('json-lines', (builder) => {
  builder
    .stream<string, { size: number }>('lines')
    .filter((line) => line.size > 0)
    .to('sized-lines');
});
