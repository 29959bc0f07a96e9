// Flow text against what the real ovs-ofctl 3.1.0 makes of it.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseFlow } from '../../src/ovs/flow-text.js'
import { FlowTextError, type TextContext } from '../../src/ovs/flow-text-error.js'
import { firstProtocol, type Protocols, protocolsOf, protocolsText } from '../../src/ovs/protocols.js'
import { flowModOnWire, formatFlowMod, logNormalization } from '../../src/tools/ovs/ofctl/flow-mod.js'
import { head, modName, modVersion } from '../../src/tools/ovs/ofctl/messages.js'

interface Recorded {
  readonly flow: string
  readonly parse: { readonly code: number; readonly out: string; readonly err: string }
  readonly parse13: { readonly code: number; readonly out: string }
}

const golden = JSON.parse(readFileSync(new URL('../golden/openvswitch/flow-text-3.1.0.json', import.meta.url), 'utf8')) as {
  cases: Recorded[]
}

function parse(flow: string, allowed: Protocols): { code: number; out: string; err: string } {
  let err = ''
  const text: TextContext = {
    version: '3.1.0',
    ports: { number: () => null, name: () => null },
    log: (module, level, line) => {
      err += `${module}|${level}|${line}\n`
    },
    read: new Map(),
  }
  let out = ''
  try {
    const parsed = parseFlow(flow, 'add', text)
    logNormalization(parsed.match, text)
    out = `usable protocols: ${protocolsText(parsed.usable)}\n`
    if ((parsed.usable & allowed) === 0) throw new FlowTextError('no usable protocol')
    const protocol = firstProtocol(parsed.usable & allowed)
    out += `chosen protocol: ${protocolsText(protocol)}\n`
    logNormalization(parsed.match, text)
    const mod = flowModOnWire(parsed, protocol, text)
    out += `${head(modName(protocol), modVersion(protocol), 1)}${formatFlowMod(mod, protocol, text)}\n`
    return { code: 0, out, err }
  } catch (error) {
    if (!(error instanceof FlowTextError)) throw error
    return { code: 1, out, err: `${err}ovs-ofctl: ${error.message}\n` }
  }
}

for (const recorded of golden.cases) {
  test(recorded.flow, () => {
    expect(parse(recorded.flow, protocolsOf('1.0'))).toEqual(recorded.parse)
    const newer = parse(recorded.flow, protocolsOf('1.3'))
    expect({ code: newer.code, out: newer.out }).toEqual(recorded.parse13)
  })
}
