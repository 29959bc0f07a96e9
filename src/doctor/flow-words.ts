// What the actions of a flow do, whatever words the release wrote them in.

/** The VLAN that a frame carries afterwards; 0: none; null: nothing is said of it. */
export function vlanSet(actions: string): number | null {
  const plain = /\b(?:mod_vlan_vid|set_vlan_vid):(\d+)/.exec(actions)
  if (plain !== null) return Number(plain[1])
  const field = /\bset_field:(0x[0-9a-f]+|\d+)(?:\/\S+?)?->vlan_vid/.exec(actions)
  if (field !== null) return Number(field[1]) & 0xfff
  return /\b(strip_vlan|pop_vlan)\b/.test(actions) ? 0 : null
}

export function tunnelKeySet(actions: string): number | null {
  const found =
    /\bset_tunnel(?:64)?:(0x[0-9a-f]+|\d+)/.exec(actions) ??
    /\b(?:set_field|load):(0x[0-9a-f]+|\d+)->(?:tun_id|NXM_NX_TUN_ID\[\])/.exec(actions)
  return found === null ? null : Number(found[1])
}

export function outputsOf(actions: string): number[] {
  return [...actions.matchAll(/\boutput:(\d+)/g)].map(([, port]) => Number(port))
}

/** The table that a frame goes on to; null: it does not. */
export function nextTable(actions: string): number | null {
  const found = /\bgoto_table:(\d+)/.exec(actions) ?? /\bresubmit\(,(\d+)\)/.exec(actions)
  return found === null ? null : Number(found[1])
}

export function sourceSet(actions: string): string | null {
  return (/\bmod_dl_src:([0-9a-f:]{17})/.exec(actions) ?? /\bset_field:([0-9a-f:]{17})->eth_src/.exec(actions))?.[1] ?? null
}
