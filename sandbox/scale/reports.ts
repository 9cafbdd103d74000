/** Where the workflow sends its message, in place of a chat. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReportServer {
	readonly url: string;
	/** The texts that came, oldest first. */
	readonly texts: readonly string[];
	stop(): Promise<void>;
}

/** Starts a server on 127.0.0.1 that keeps the messages posted to it. */
export const startReports = async (): Promise<ReportServer> => {
	const texts: string[] = [];
	const server = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', () => {
			const { text } = JSON.parse(Buffer.concat(parts).toString()) as { text: string };
			texts.push(text);
			response.setHeader('content-type', 'application/json');
			response.end('{"ok":true}');
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		texts,
		stop: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
};
