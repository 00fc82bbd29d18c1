import { topology } from 'millrace';

export default topology('throws', () => {
  JSON.parse('no JSON');
});
