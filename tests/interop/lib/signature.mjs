/* Signatures for ts-mls by Node's own crypto, in the suites for which ts-mls would ask another package:
 * ECDSA and Ed448. (With that package it writes public keys of the NIST curves compressed, and section
 * 5.1.2 of RFC 9420 has them uncompressed: libmls refuses such a key.) */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';

const algs = {
    P256: { kind: 'ec', options: { namedCurve: 'P-256' }, hash: 'sha256', publicSize: 65 },
    P384: { kind: 'ec', options: { namedCurve: 'P-384' }, hash: 'sha384', publicSize: 97 },
    P521: { kind: 'ec', options: { namedCurve: 'P-521' }, hash: 'sha512', publicSize: 133 },
    Ed448: { kind: 'ed448', options: {}, hash: null, publicSize: 57 },
};

const spki = (key) => key.export({ format: 'der', type: 'spki' });

/** The Signature of ts-mls for an algorithm by its name there, or null for one that it has itself.
 * Private keys are PKCS #8, public ones as on the wire, which end the encoding that Node knows. */
export function nodeSignature(name) {
    const alg = algs[name];
    if (alg === undefined) {
        return null;
    }
    const header = spki(generateKeyPairSync(alg.kind, alg.options).publicKey).subarray(0, -alg.publicSize);
    return {
        async sign(signKey, message) {
            const key = createPrivateKey({ key: Buffer.from(signKey), format: 'der', type: 'pkcs8' });
            return new Uint8Array(sign(alg.hash, message, key));
        },
        async verify(publicKey, message, signature) {
            const der = Buffer.concat([header, publicKey]);
            return verify(alg.hash, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
        },
        async keygen() {
            const { publicKey, privateKey } = generateKeyPairSync(alg.kind, alg.options);
            return {
                signKey: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' })),
                publicKey: new Uint8Array(spki(publicKey).subarray(-alg.publicSize)),
            };
        },
    };
}
