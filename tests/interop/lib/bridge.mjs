/* What lets libmls and ts-mls 1.6.4 talk although ts-mls departs from RFC 9420. The RFC wins: libmls
 * does as it says, and what ts-mls does otherwise is translated or avoided here. Each departure has a
 * case in departures.mjs, which fails when a version of ts-mls no longer has it. */
import { createGroupInfo } from 'ts-mls/createCommit.js';
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { directPath, leafToNodeIndex, leafWidth } from 'ts-mls/treemath.js';
import { decodeVarLenData, varLenDataEncoder } from 'ts-mls/codec/variableLength.js';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { encodeMlsMessage } from 'ts-mls';

export const vector = (bytes) => encode(varLenDataEncoder)(bytes);

/** The cipher suite, but that the external_pub of this GroupInfo is taken as the RFC has it. */
export function readsExternalPub(cs, groupInfo) {
    const data = groupInfo.extensions.find((e) => e.extensionType === 'external_pub')?.extensionData;
    return {
        ...cs,
        hpke: {
            ...cs.hpke,
            importPublicKey: (key) => cs.hpke.importPublicKey(key === data ? decodeVarLenData(data, 0)[0] : key),
        },
    };
}

/** A signed GroupInfo of a ts-mls state, as section 12.4.3 has it. */
export async function rfcGroupInfo(state, cs, { beside = false } = {}) {
    const pair = await cs.hpke.deriveKeyPair(state.keySchedule.externalSecret);
    const extensions = [{
        extensionType: 'external_pub',
        extensionData: vector(await cs.hpke.exportPublicKey(pair.publicKey)),
    }];
    if (!beside) {
        extensions.push({ extensionType: 'ratchet_tree', extensionData: encodeRatchetTree(state.ratchetTree) });
    }
    const groupInfo = await createGroupInfo(state.groupContext, state.confirmationTag, state, extensions, cs);
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo });
}

const sameList = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

/** Whether ts-mls takes this encoded tree. It wants all non-blank nodes on an unmerged leaf's direct
 * path to list the same unmerged leaves; section 7.9.2 wants the leaf listed only by those below a
 * node that lists it. */
export function canRead(bytes) {
    const [tree] = decodeRatchetTree(bytes, 0);
    return tree.every((node) => node?.nodeType !== 'parent' || node.parent.unmergedLeaves.every((leaf) =>
        directPath(leafToNodeIndex(leaf), leafWidth(tree.length)).every((at) =>
            tree[at] === undefined || sameList(tree[at].parent.unmergedLeaves, node.parent.unmergedLeaves))));
}

/** Whether some leaf of the tree's left half is left without those of these names. Where none is, the
 * root is no node of the filtered direct path of who commits, and ts-mls makes one secret too many
 * (section 12.4.1: commit_secret is what follows the last node of that path). */
export function leftHalfStays(encoded, names) {
    const [tree] = decodeRatchetTree(encoded, 0);
    const left = tree.map((node, i) => (i % 2 === 0 && node !== undefined &&
        !names.includes(Buffer.from(node.leaf.credential.identity).toString()) ? i / 2 : -1)).filter((i) => i >= 0);
    const width = 2 ** Math.ceil(Math.log2(Math.max(...left) + 1));
    return width === 1 || left.some((leaf) => leaf < width / 2);
}
