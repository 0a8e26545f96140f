/**
 * The one direction of imports:
 * cli -> verify -> client, history, runtime, api, sim, conformance -> driver -> trace -> core,
 * runtime, sim -> storage -> driver, and api, driver, sim -> store.
 * test/tidy.test.ts breaks each rule on purpose, and checks that the modules were seen at all.
 */

/** What each part may import besides itself. src/errors.ts and src/root.ts are leaves, named as such. */
const ALLOWED = {
  core: [],
  store: [],
  history: [],
  trace: ['core', 'errors', 'root'],
  driver: ['trace', 'core', 'store', 'errors', 'root'],
  storage: ['driver', 'core', 'errors'],
  client: ['api', 'errors', 'root'],
  api: ['driver', 'trace', 'core', 'store', 'errors', 'root'],
  sim: ['history', 'storage', 'driver', 'trace', 'core', 'store', 'errors', 'root'],
  runtime: ['api', 'storage', 'driver', 'trace', 'core', 'store', 'errors', 'root'],
  conformance: ['sim', 'storage', 'driver', 'trace', 'core', 'store', 'errors', 'root'],
  errors: [],
  root: ['errors'],
};

/** verify sees everything but the command line. */
const BESIDES_CLI = [...Object.keys(ALLOWED), 'verify'];

const folder = (part) => {
  if (part === 'conformance') return '^conformance/';
  if (part === 'errors' || part === 'root') return `^src/${part}\\.ts$`;
  return `^src/${part}/`;
};

const arrow = ([part, allowed]) => ({
  name: `${part}-imports`,
  comment: `${part} may import ${['itself', ...allowed].join(', ')} and nothing else of the project.`,
  severity: 'error',
  from: { path: folder(part) },
  to: { path: '^(src|conformance|test)/', pathNot: [part, ...allowed].map(folder) },
});

module.exports = {
  forbidden: [
    ...Object.entries(ALLOWED).map(arrow),
    arrow(['verify', BESIDES_CLI]),
    {
      name: 'source-imports-no-test',
      comment: 'What ships does not rest on tests.',
      severity: 'error',
      from: { path: '^(src|conformance)/' },
      to: { path: '^test/' },
    },
    {
      name: 'pure-imports-no-node',
      comment: 'core and store are pure: no module of Node.',
      severity: 'error',
      from: { path: '^src/(core|store)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'storage-and-sim-touch-no-disk',
      comment: 'The log and the simulator reach files through the port of src/storage/files.ts alone.',
      severity: 'error',
      from: { path: '^src/(storage|sim)/' },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'pure-imports-few-packages',
      comment: 'core and store rest on plain data structures alone.',
      severity: 'error',
      from: { path: '^src/(core|store)/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/(sorted-btree|fp-ts|io-ts|msgpackr)/',
      },
    },
    {
      name: 'no-cycle',
      comment: 'A cycle is a part that nobody has cut yet.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that leads nowhere would hide what is behind it. What is built is not there yet.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '(^|/)dist/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
