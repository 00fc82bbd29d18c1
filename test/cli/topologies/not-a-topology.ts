export default { name: 'not-a-topology' };
