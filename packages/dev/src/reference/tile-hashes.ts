const page = 'ace19968aea6188c afdf038149952830 2fc5c63ffccc35b2 09eb1ca7e81cfd72 7c04e9d24aa0c6d0 6a151fcb6932b410 1de0e66c2c40e3df';
const wide = 'ebc1f5f8e2155a2b 68f573197373be4f ae4ae59ce6f8dfaf 8e676385353622e3 ece5e77442460dcf';
const square = '41f62301908a858a f37ed50215200706 a61767e7a4a52705 b17f4f257ad07b2e 5bf8abf140ec7a63';

/** One image size, cut as the 0.8B does (`single`) or as the 2B does (`msac`). */
export interface TileHashes {
  readonly width: number;
  readonly height: number;
  readonly mode: 'single' | 'msac';
  /** The grid, or with MSAC the coarse and the fine one. */
  readonly grids: string;
  /** Of each tile in order. */
  readonly hashes: string;
}

/**
 * Origin: the reference preprocessing with Pillow 12.3 on the synthetic pattern, tiles of 448 pixels, at most 6; the first 16 hex digits
 * of SHA-256 over each tile's 448 * 448 * 3 RGB bytes. Tolerance: none.
 */
export const tileHashes: readonly TileHashes[] = [
  { width: 606, height: 1000, mode: 'single', grids: '2x3', hashes: page },
  {
    width: 606,
    height: 1000,
    mode: 'msac',
    grids: '2x3 3x2',
    hashes: `cfba94f6e2340d0d 600054f89d9af11f 4d4fdc5583b8d34c b82ea8ba5fc55017 25d0a86f8712ffee fe61ec537d5032d8 ${page}`,
  },
  { width: 2000, height: 500, mode: 'single', grids: '4x1', hashes: wide },
  {
    width: 2000,
    height: 500,
    mode: 'msac',
    grids: '4x1 3x2',
    hashes: `7807128d6b195e13 086ad1a289a4a83e d77e0b499cc873e3 f85a224dd24d92ff 24bcbfb806df9ccf 0ae581d3644f65d1 ${wide}`,
  },
  { width: 800, height: 800, mode: 'single', grids: '2x2', hashes: square },
  { width: 800, height: 800, mode: 'msac', grids: '2x2 1x1', hashes: square },
  { width: 448, height: 448, mode: 'single', grids: '1x1', hashes: 'da969bd83be4f138' },
  {
    width: 448,
    height: 448,
    mode: 'msac',
    grids: '1x1 2x2',
    hashes: 'e5313bae57026efa 9f5700d481a5db05 c540150e7542db7e 94f21097fbca42b1 da969bd83be4f138',
  },
  {
    width: 1280,
    height: 1024,
    mode: 'single',
    grids: '3x2',
    hashes: '34f06d33ce54794c 4122005e01606818 591a87e9d83c66f5 29d6d9cde808c7ec 72e5677f59a6f3d6 5a53d0de0bd56599 18b6c5c08094bbf3',
  },
  {
    width: 100,
    height: 60,
    mode: 'single',
    grids: '3x2',
    hashes: '431037a8724c565b eceb6f9d767dc554 0bba332add410d4c 76f590ddd2d7b5a1 ae386d8a66ee834c 1b639e0690265384 b2065df39b5208eb',
  },
];
