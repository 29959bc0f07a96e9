// `npm run bench`: some benchmarks compare with real namespaces; those need root and the Debian packages iproute2, iputils-ping,
// bridge-utils and iptables, and say so when they are not there.
import { spawnSync } from 'node:child_process'
import { root, runBundle } from '../run-bundle.mjs'

// What starts is measured as it is now, not as it was built last.
if (spawnSync(process.execPath, ['src/build.mjs'], { stdio: 'inherit', cwd: root }).status !== 0) process.exit(1)
await runBundle('bench', { bench: 'test/bench/main.ts' }, { nodeOptions: ['--expose-gc'] })
