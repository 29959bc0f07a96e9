// One string object for each name, so that names on the packet path compare by identity.

const known = new Map<string, string>()

/** The one string of these characters; V8 keeps property keys unique, and unique strings are compared without looking at them. */
export function intern(name: string): string {
  let one = known.get(name)
  if (one === undefined) {
    one = Object.keys({ [name]: true })[0]!
    known.set(one, one)
  }
  return one
}
