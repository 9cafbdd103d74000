import type { IExecuteFunctions, ILoadOptionsFunctions } from 'n8n-workflow';

import { readAuthorization } from '../kibana/http/authorization';
import { readBaseUrl, type Transport } from '../kibana/http/client';
import { redactorOf } from '../kibana/http/redaction';
import { createTransport, CREDENTIAL_TYPE } from './transport';

/** A Kibana that can be asked: its address, and the way to it. */
export interface Connection {
	readonly baseUrl: string;
	readonly transport: Transport;
}

/**
 * Reads the Kibana Entity Store API credential.
 *
 * @param timeoutMs for a request and its whole answer; undefined takes a minute
 * @returns the connection, or what is wrong with the credential
 * @throws what n8n throws when the node has no credential
 */
export const readConnection = async (
	context: IExecuteFunctions | ILoadOptionsFunctions,
	timeoutMs?: number,
): Promise<Connection | { readonly problem: string }> => {
	const credential = await context.getCredentials(CREDENTIAL_TYPE);
	const authorization = readAuthorization(credential);
	if ('problem' in authorization) return authorization;
	const address = readBaseUrl(credential.baseUrl);
	if ('problem' in address) return address;
	return {
		baseUrl: address.baseUrl,
		transport: createTransport(context, redactorOf(credential), timeoutMs),
	};
};
