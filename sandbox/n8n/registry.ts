import { createHash } from 'node:crypto';
import { readFile, rm, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { PACKAGE, packPackage } from './package';

/** An npm registry on 127.0.0.1 that contains only this package, as it is packed now. */
export interface PackageRegistry {
	/** URL without a trailing slash. */
	readonly url: string;
	stop(): Promise<void>;
}

const ROOT = join(__dirname, '../..');

/** Packs the package and serves it as npm's registry does. */
export const startRegistry = async (): Promise<PackageRegistry> => {
	const folder = await mkdtemp(join(tmpdir(), 'registry-'));
	const archivePath = await packPackage(folder);
	const archive = await readFile(archivePath);
	await rm(folder, { recursive: true, force: true });
	const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
		version: string;
	};
	const archiveRoute = `/${PACKAGE}/-/${basename(archivePath)}`;

	const server = createServer((request, response) => {
		if (request.url === archiveRoute) {
			response.end(archive);
			return;
		}
		response.setHeader('content-type', 'application/json');
		if (request.url !== `/${PACKAGE}`) {
			response.writeHead(404).end('{"error":"not_found"}');
			return;
		}
		const { port } = server.address() as AddressInfo;
		const dist = {
			tarball: `http://127.0.0.1:${port}${archiveRoute}`,
			integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
			shasum: createHash('sha1').update(archive).digest('hex'),
		};
		response.end(
			JSON.stringify({
				name: PACKAGE,
				'dist-tags': { latest: manifest.version },
				versions: { [manifest.version]: { ...manifest, dist } },
			}),
		);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		stop: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
};
