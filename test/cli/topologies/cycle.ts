import { topology } from 'millrace';

export default topology('cycle', (builder) => {
  builder.stream('ping').to('pong');
  builder.stream('pong').to('ping');
});
