// Opens the map and the packet view; one of each for a session, so that they come back as they were left.
import type { App } from '../model/app.js'
import type { Front } from '../model/front.js'
import type { Session } from '../model/session.js'
import { MapFront } from './map-front.js'
import { PacketsFront } from './packets-front.js'

export function openFront(app: App, session: Session, kind: Front['kind'], packet: number | null = null): void {
  if (app.session !== session) return
  const known = session.fronts.get(kind)
  const open = (next: Front['kind'], id: number | null): void => openFront(app, session, next, id)
  const front = known ?? (kind === 'map' ? new MapFront(app, session, open) : new PacketsFront(app, session, open))
  session.fronts.set(kind, front)
  front.show(packet)
  app.front = front
  app.changed()
}
