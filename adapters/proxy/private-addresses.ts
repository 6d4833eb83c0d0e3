import { BlockList, isIPv6 } from 'node:net';

/**
 * Networks that are not the public internet: this host, private and shared ones, link-local ones with
 * the metadata services of clouds, tests, multicast, and those of IPv6 that stand for an IPv4 address.
 * Of IPv6 it lists what lies within the public part alone: all the rest is not public.
 *
 * @see IANA's registries of special-purpose addresses (RFC 6890).
 */
const NETWORKS: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** All that is given out of IPv6 for the public internet. */
const PUBLIC_IPV6 = new BlockList();
PUBLIC_IPV6.addSubnet('2000::', 3, 'ipv6');

/** One list a family, so that no address of one is looked for among those of the other. */
const BLOCKED = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, bits] of NETWORKS) {
  BLOCKED[familyOf(network)].addSubnet(network, bits, familyOf(network));
}

/** Whether an IP address lies in a network that nobody on the public internet has. */
export function isPrivate(address: string): boolean {
  const family = familyOf(address);
  if (family === 'ipv6' && !PUBLIC_IPV6.check(address, family)) return true;
  return BLOCKED[family].check(address, family);
}

/** @returns the family of an IP address as a list of networks names it. */
export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
