// `ip link add link DEV name NAME type vlan id VID`.
import { UsageError, type Words, wrongArgument } from '../../../grammar/keyword.js'
import { VlanDevice } from '../../../kernel/dev/vlan.js'
import { KernelError } from '../../../kernel/errno.js'
import type { Row } from '../json.js'
import type { LinkKind } from '../link-kind.js'
import { parseU32 } from '../names.js'
import { parseOnOff } from '../run.js'

export interface VlanOptions {
  id: number | null
  protocol: string
  reorderHeader: boolean
}

function parse(words: Words): VlanOptions {
  const options: VlanOptions = { id: null, protocol: '802.1Q', reorderHeader: true }
  for (; !words.isDone; words.advance()) {
    switch (words.current) {
      case 'id': {
        const id = parseU32(words.next())
        if (id === null || id > 0xffff) throw wrongArgument(words.current, 'id is invalid')
        options.id = id
        break
      }
      case 'protocol':
      case 'proto': {
        const protocol = words.next().toLowerCase()
        if (protocol !== '802.1q' && protocol !== '802.1ad') throw wrongArgument(words.current, 'protocol is invalid')
        options.protocol = protocol === '802.1q' ? '802.1Q' : '802.1ad'
        break
      }
      case 'reorder_hdr':
        words.next()
        options.reorderHeader = parseOnOff('reorder_hdr', words.current)
        break
      case 'gvrp':
      case 'mvrp':
      case 'loose_binding':
      case 'bridge_binding':
        parseOnOff(words.current, words.next())
        break
      default:
        throw new UsageError(`vlan: unknown command "${words.current}"?\n${USAGE}`, 1)
    }
  }
  return options
}

const USAGE = 'Usage: ... vlan id VLANID\n                [ protocol VLANPROTO ]\n                [ reorder_hdr { on | off } ]'

export const vlanKind: LinkKind = {
  name: 'vlan',
  isKindOf: (dev) => dev instanceof VlanDevice,
  read(dev): Row {
    if (!(dev instanceof VlanDevice)) return {}
    return { protocol: '802.1Q', id: dev.vid, flags: dev.reorderHeader ? ['REORDER_HDR'] : [] }
  },
  text: (data) => `protocol ${data['protocol']} id ${data['id']} <${(data['flags'] as readonly string[]).join(',')}> `,
  parseAdd(words) {
    const options = parse(words)
    return (creation) => {
      if (options.id !== null && options.id >= 4095) throw new KernelError('ERANGE', '8021q: Invalid VLAN id')
      if (options.id === null) throw new KernelError('EINVAL', '8021q: VLAN id not specified')
      if (creation.lower === null) throw new KernelError('EINVAL', '8021q: link not specified')
      if (options.protocol !== '802.1Q') throw new KernelError('EPROTONOSUPPORT')
      const dev = new VlanDevice(creation.netns, creation.name ?? `${creation.lower.name}.${options.id}`, creation.lower, options.id)
      if (creation.mac !== null) dev.mac = creation.mac
      dev.reorderHeader = options.reorderHeader
      dev.attach()
      return dev
    }
  },
  parseSet(words) {
    const options = parse(words)
    return (dev) => {
      if (dev instanceof VlanDevice) dev.reorderHeader = options.reorderHeader
    }
  },
}
