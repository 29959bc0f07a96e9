// The neutron client against recordings of the real one.
import { describe, expect, test } from 'vitest'
import { neutron } from '../../../src/tools/openstack/neutron/neutron.js'
import { ask, bestOf, clientLab, recordings } from './recorded.js'

const DEPRECATED = 'neutron CLI is deprecated and will be removed in the future. Use openstack CLI instead.\n'

describe('neutron 6.12.1', () => {
  for (const { line, output, exitCode } of recordings('neutron-6.12.1.txt')) {
    test(line, async () => {
      const got = await ask(await clientLab([neutron], 'debian-12'), line)
      const outputs = got.outputs.map((text) => text.replace(DEPRECATED, ''))
      expect(bestOf(outputs, output)).toBe(output)
      expect(got.exitCode).toBe(exitCode)
    })
  }
})
