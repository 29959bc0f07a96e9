// The later openstack client against recordings of the real one.
import { describe, expect, test } from 'vitest'
import { openstack } from '../../../src/tools/openstack/openstack/openstack.js'
import { ask, bestOf, clientLab, recordings } from './recorded.js'

describe('openstack 5.4.0', () => {
  for (const { line, output, exitCode } of recordings('openstack-5.4.0.txt')) {
    test(line, async () => {
      const got = await ask(await clientLab([openstack], 'ubuntu-20.04', 'rows-5.4.0.json'), line)
      expect(bestOf(got.outputs, output)).toBe(output)
      expect(got.exitCode).toBe(exitCode)
    })
  }
})
