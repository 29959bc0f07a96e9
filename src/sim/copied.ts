/**
 * What the objects of the packet world are built on. It does nothing, so that a copier can make a twin of any of them without running its
 * constructor, and yet as one of its class: with the hidden class that constructed ones have. Else all code that packets have run through
 * in a copy would know two shapes of everything, and be slower for good.
 */
export class Copied {}
