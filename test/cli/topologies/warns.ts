import { topology } from 'millrace';

process.emitWarning('the topology is old');

export default topology('warns', (builder) => {
  builder.stream('a').to('b');
});
