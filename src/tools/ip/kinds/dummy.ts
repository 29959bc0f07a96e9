// `ip link add NAME type dummy`: a device that swallows.
import { UsageError } from '../../../grammar/keyword.js'
import { DummyDevice } from '../../../kernel/dev/dummy.js'
import type { LinkKind } from '../link-kind.js'

export const dummyKind: LinkKind = {
  name: 'dummy',
  isKindOf: (dev) => dev.kind === 'dummy',
  parseAdd(words) {
    if (!words.isDone) throw new UsageError(`Garbage instead of arguments "${words.current} ...". Try "ip link help".`, 255)
    return (creation) =>
      new DummyDevice(creation.netns, creation.name ?? 'dummy%d', creation.mac ?? creation.netns.randomMac(creation.name ?? 'dummy%d'))
  },
}
