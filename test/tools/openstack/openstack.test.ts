// The openstack client against recordings of the real one.
import { describe, expect, test } from 'vitest'
import { openstack } from '../../../src/tools/openstack/openstack/openstack.js'
import { ask, bestOf, clientLab, recordings } from './recorded.js'

describe('openstack 3.18.1', () => {
  for (const { line, output, exitCode } of recordings('openstack-3.18.1.txt')) {
    test(line, async () => {
      const got = await ask(await clientLab([openstack], 'debian-12'), line)
      expect(bestOf(got.outputs, output)).toBe(output)
      expect(got.exitCode).toBe(exitCode)
    })
  }
})
