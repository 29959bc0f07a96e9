// The nova client against recordings of the real one.
import { describe, expect, test } from 'vitest'
import { nova } from '../../../src/tools/openstack/nova/nova.js'
import { ask, bestOf, clientLab, recordings } from './recorded.js'

describe('nova 13.0.2', () => {
  for (const { line, output, exitCode } of recordings('nova-13.0.2.txt')) {
    test(line, async () => {
      const got = await ask(await clientLab([nova], 'debian-12'), line)
      expect(bestOf(got.outputs, output)).toBe(output)
      expect(got.exitCode).toBe(exitCode)
    })
  }
})
