/**
 * Names in the cluster’s configuration: a word of ours, a hyphen and the name of the inventory. A mirror’s id is also what DRBD’s
 * fencing handler finds by the name of its resource. What belongs to no name of the inventory begins with `sanctl-`.
 */
export const fenceId = (node: string): string => `fence-${node}`;
export const vmId = (vm: string): string => `vm-${vm}`;
/** The agent on one node, and the clone of it on all that hold a replica. */
export const drbdId = (volume: string): string => `drbd-${volume}`;
export const mirrorId = (volume: string): string => `mirror-${volume}`;

/** As Pacemaker’s own tools call them, so that `crm_resource --meta` changes ours and does not add its own. */
export const metaId = (id: string): string => `${id}-meta_attributes`;
export const paramsId = (id: string): string => `${id}-instance_attributes`;
