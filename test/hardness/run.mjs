// `npm run hardness -- fuzz|kill|long ...`, with the places of the sources in what it finds.
import { runBundle } from '../run-bundle.mjs'

// As the program itself asks for: see src/grammar/bounded-regex.ts.
const REGEX = '--enable-experimental-regexp-engine-on-excessive-backtracks'

await runBundle(
  'hardness',
  { hardness: 'test/hardness/main.ts' },
  { sourcemap: 'inline', sourcesContent: false, nodeOptions: ['--expose-gc', '--enable-source-maps', REGEX] },
)
