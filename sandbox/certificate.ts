/** A certificate for a server on 127.0.0.1 that signs itself, as in many installations of Kibana. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
	/** PEM. */
	readonly key: string;
	readonly cert: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const IP_ADDRESS = 0x87;

/** Encodes a value in DER. */
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
	const value = Buffer.concat(parts);
	const { length } = value;
	const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...size]), value]);
};

const oid = (hex: string): Buffer => der(OBJECT_ID, Buffer.from(hex, 'hex'));

const COMMON_NAME = oid('550403');
const SUBJECT_ALT_NAME = oid('551d11');
const SHA256_WITH_RSA = der(SEQUENCE, oid('2a864886f70d01010b'), Buffer.from([0x05, 0x00]));

const timeOf = (date: Date): Buffer => {
	const digits = date.toISOString().replace(/\D/g, '').slice(2, 14);
	return der(UTC_TIME, Buffer.from(`${digits}Z`));
};

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Makes a new RSA key of 2,048 bits, and a certificate for it that is valid for a day. */
export const createCertificate = (): Certificate => {
	const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const name = der(
		SEQUENCE,
		der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from('test-kibana')))),
	);
	const now = Date.now();
	const validity = der(SEQUENCE, timeOf(new Date(now - DAY_MS)), timeOf(new Date(now + DAY_MS)));
	const addresses = der(SEQUENCE, der(IP_ADDRESS, Buffer.from([127, 0, 0, 1])));
	const body = der(
		SEQUENCE,
		der(VERSION, der(INTEGER, Buffer.from([2]))),
		// Not negative, and not 0.
		der(INTEGER, Buffer.from([1]), randomBytes(8)),
		SHA256_WITH_RSA,
		name,
		validity,
		name,
		publicKey.export({ type: 'spki', format: 'der' }),
		der(EXTENSIONS, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, addresses)))),
	);
	const signature = sign('sha256', body, privateKey);
	const certificate = der(
		SEQUENCE,
		body,
		SHA256_WITH_RSA,
		der(BIT_STRING, Buffer.from([0]), signature),
	);
	const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
	return {
		key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
		cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
	};
};
