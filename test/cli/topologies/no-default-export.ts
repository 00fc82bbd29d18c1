import { topology } from 'millrace';

export const forgotten = topology('forgotten', (builder) => {
  builder.stream('a').to('b');
});
