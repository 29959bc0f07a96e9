import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take longest: begun last, one of them would keep one worker busy while the other has nothing left. */
const LONG = /\/(lesson\/prove|lab\/world-copy[\w-]*|cli\/main)\.test\.ts$/

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return LONG.test(moduleId)
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    testTimeout: 30_000,
    maxWorkers: 2,
    // As the program starts itself (src/cli/start/load.ts): labs boot once, early optimising costs more than it gives.
    execArgv: Number.parseInt(process.versions.v8, 10) < 12 ? ['--interrupt-budget=300000'] : [],
    // Loading netlab takes longer than most files' tests: it is loaded once a worker. Nothing in a module changes; a lab holds its own state.
    isolate: false,
    sequence: { sequencer: LongFirst },
  },
})
