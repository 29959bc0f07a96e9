// `npm run oracle [-- SCENARIO... -k TEXT -v]`: the same lab on real Linux and in netlab, output by output. `npm run oracle -- export` proves
// that exported labs come up and leave nothing behind; `npm run oracle -- versions` looks at what older tools print otherwise.
import { runBundle } from '../run-bundle.mjs'

const entry = { export: 'test/oracle/export.ts', versions: 'test/oracle/eras.ts' }[process.argv[2]] ?? 'test/oracle/main.ts'

await runBundle('oracle', { oracle: entry, netlab: 'src/cli/main.ts' }, { splitting: true })
