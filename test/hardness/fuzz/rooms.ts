// The rooms by name, loaded when they are asked for.
import type { Room } from './room.js'

const ROOMS: Readonly<Record<string, () => Promise<Room>>> = {
  lines: async () => (await import('./lines.js')).lines,
  packets: async () => (await import('./packets.js')).packets,
  openflow: async () => (await import('./openflow.js')).openflow,
}

export const ROOM_NAMES = Object.keys(ROOMS)

export function findRoom(name: string): Promise<Room> {
  return ROOMS[name]!()
}
