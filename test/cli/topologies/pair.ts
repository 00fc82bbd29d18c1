import { topology } from 'millrace';

export default [
  topology('first', (builder) => {
    builder.stream('a').to('b');
  }),
  topology('second', (builder) => {
    builder.stream('b').to('c');
  }),
];
