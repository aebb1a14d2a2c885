/** What nano wrote about its sample pages, its mistakes among it, and what the line reader read of them: `npm run trial:drafts -- answers --pages 12`. */
export const nanoAnswers: readonly { readonly page: string; readonly text: string; readonly read: string }[] = [
  {
    page: '00-read.png',
    text: 'Novak Hardware INVOICE\nNo. 99, Industrial Park\nGeorgetown 13265\npriya.lewis@shatters.io\nInvoice: OC-0F4S\nInvoice date: 18 January 2020\nCustomer ref 72851587\nCustomer\nSalam Brown\nJalan Sagu 86\n84648 Milano\nItem Qty Total\nT-Shirt 5 56.80\nNet: 56.80\nGST: 10.79\nTotal Rs. 67.59',
    read: 'Novak Hardware INVOICE\nNo 99, Industrial Park\nGeorgetown 13265\npriya.lewis@shatters.io\nInvoice: 0C-0F4S\nInvoice date: 18 January 2020\nCustomer ref. 72851587\nCustomer\nSam l Brown\nJalan Sagu 86\n84648 Milano\nltem Qty Total\nT-Shirt 5 56.80\nNet: 56.80\nGST 10.79\nTotal Rs. 67.59',
  },
  {
    page: '01-read.png',
    text: 'Warranty Card\nTax ID VU-EN0Z-V1-M2\nOrder number: CG3TC9\nPriority\nYes\nBorn 08-04-2026\nVoltage Kenji J. Tanaka\nZIP: 18277',
    read: 'Warranty Card\nTax ID VU-EN0Z-V1-142\nOrder number: CG3TC9\nPriority\nYes\nBorn 08-04-2026\nVoltage KenjiJ. Tanaka\nZIP: 18277',
  },
  {
    page: '02-read.png',
    text: 'to `process.stdout`\nThe motion of the Way is to return; The use of the\nWay is to accept: All things come from the Way. And\nthe Way comes from nothing. -- Lao Tse.',
    read: 'to process.stdout”\nThe motion of the Way is to return; The use of the\nWay is to accept; All things come from the Way, And\nthe Way comes from nothing. –- Lao Tse,',
  },
  {
    page: '03-read.png',
    text: 'Board Bahnhofstr. TAX INVOICE\nNo. 48, Kiten St\n33842 Wien\nNo.: C1W6A9AUF4S\nDatum: 09/26/2021\nDue: 07/08/2019\nPO Number: 9974135665\nBill to\nMoore & Carter\nBahnhofstr. 36\nLyon, DL 77107\nItem Qty Total\nWork Gloves 2 2.711,64\nSubtotal: 2.711,64\nGST 351,21\nGrand total CHF 3.226,85\ntexifatex-gyretgheros.sty Copyright: CCopyright (C) 2007-2018 Boguasw',
    read: 'Befoul Kitchen S.r.l. TAX INVOICE\nNo. 48, Bahnhofstr.\n33842 Wien\nNo.: C1W6A9AUF4S\nDatum: 09/26/2021\nDue: 07/08/2019\nPO Number: 9974135665\nBill to\nMoore & Carter\nBahnhofstr. 36\nLyon, DL 77107\nItem Qty Total\nWork Gloves 2 2.711,64\nSubtotal: 2.711,64\nGST 515,21\nGrand total CHF 3.226,85\ntex/latex/tex-gyre/tgheros.sty Copyright: Copyright (C) 2007-2018 Bogusaw',
  },
  {
    page: '04-read.png',
    text: 'ben.khan@establish.co.uk\nEE 304176107\nj>yk-y]2v)b\'zmD~hQLb65@F6aU\n>)A-N2/H?Zt>bQ%-6=ZFjaU"Z~:U\nufI>SXW>A ]cr/M gaOtGzT{(n \\!tBtC',
    read: 'ben.khan@establish.co.uk\nEE 304176107\nJDk~y]2’d)’z2t–DígS-b5@W6ma.\n>yANz2Vb’7mb-kCL6>z-/F:jaU^Z >:U\nufI→SXW→A:Jcr/M gaOtGzT½((.n HbtC',
  },
  {
    page: '06-read.png',
    text: 'Student ID\nBranch: Jensen, Elena\nMobile: Paris\nGate: t8UJ9gV\nAmount: 795.66\nDate: 27.01.2017\nE-mail: noah.haddad@inductance.org\nQuantity: 129 bar\nPayment terms: Seuss\nZip code: 41171\nCourse: Closed\nLanguage: Closed\nID No: 11372067580\nTel: +13 92 8595 6088',
    read: 'Student ID\nBranch: Jensen, Elena\nMobile: Paris\nGate: t8UJ9gV\nAmount: 795.66\nDate: 27.01.2017\nE-mail: noah.haddad@inductance.org\nQuantity: 129 bar\nPayment terms: Seuss\nZip code: 41171\nCourse; Closed\nLanguage: Closed\nID No: 11372067580\nTel: +13 92 8595 6088',
  },
  {
    page: '09-read.png',
    text: 'Plutocracies Foods\n456 Oak Ave, Dublin 89040\nDocument No jKadmRIuJAW\n06/25/2005 21:03\nItem Price\n0FSDWJ MINERAL WATER 7.73\nSUBTOTAL 7.73\nTax 0.77\nTotal due: 8.50',
    read: 'Plutocracies Foods\n456 Oak Ave, Dublin 89040\nDocument No jKadmRIuJAW\n06/25/2005 21:03\nItem Price\nOFSDWJ MINERAL WATER 7.73\nSUBTOTAL 7.73\nTax 0.77\nTotal due: 8.50',
  },
  {
    page: '10-read.png',
    text: 'THE OXYMORONS MOTORS GMBH\n85 Mill Lane\n60227 Singapore\n--------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------\nJul 9, 2027 02:23\n2x T-Shirt 1.79 A\n36661 French FriB 12.90 A\nCough syrup 36.10\nTofu 0.47\nPainta 0.47\nMerci et à bientôt',
    read: 'THE OXYMORONS MOTORS GMBH\n85 Mill Lane\n66227 Singapore\n026-6752234\nJul 9,2027 02:23\n2x T-shirt 7.35\n3x Pasta 8.86 A\n36561 Pencil HB 12.99 A\nCough syrup 1.70 A\nTofu 36.10\nPasta 0.47\nAmount due: 67.47\nMerci et å bientõt',
  },
  {
    page: '11-read.png',
    text: 'JACKNNIVES HEARS\nNo. 60, Station Road\n16804 Oakland\nTel 086-9772239\nReceipt: M4TP2E\n2009-11-26  Cashier: David\nDELIVERY x12 6.87\nSUBTOTAL 6.87\nVAT 0.69\nBalance due 7.56',
    read: 'JACKKNIVES HEARS\nNo. 60, Station Road\n16804 Oakland\nTel 086-9772239\nRecelpt: M4TP2E\n2009-11-26 €ashier: Davld\nDELIVERY x12 6.87\nSUBTOTAL 6.87\nVAT 0.69\nBalance due 756',
  },
  {
    page: '13-read.png',
    text: "From: Mr John Bernard\nTo: Noah Rossi\nDate: 19/04/2023\nSubject: Lumbermen hatches cavalcades canoe\nDear Noah Rossi,\n* A race that leads to an access to a free'd data\nwas corrected in the codepath that reads pack\nfiles. (merge bda959c476\nmt/delta-base-cache-races later to maint).\n• 66% caddy tubes fruitful renew collusion\n`...'...' before'`\n2. [`before` callback][]",
    read: "From: Mr john Bernard\nTo: Noah Rossi\nDate: 19/04/2023\nSubject: Lumbermen hatches cavalcades canoe\nDear Noah Rossi,\n*A race that leads to an access to a free'd data\nwas corrected in the codepath that reads pack\nfiles. (merge bda959c476\nmt/delta-base-cache-races later to maint),\n●• 66% caddy tubes fruitful renew collusion\n‘'forefathers’\n2.I’before` callbackjD]",
  },
  {
    page: '14-read.png',
    text: 'Gate: No\nTax ID: Michael Lewis\nAccount: 78286\nADDRESS: No. 51, Church Street, 11735 Lyon\nLicence No: 3569845262\nPressure: Boston',
    read: 'Gate. No\nTax ID: Michael Lewis\nAccount: 78286\nADDRESS: No. 51, Church Street, 11735 Lyon\nLicence No: 3569845262\nPressure: Boston',
  },
  {
    page: '17-read.png',
    text: 'Thereon Quy Pilaffs Year\nLinda 8,271.21 204.4% 40.7%\nChloé 13,556.93 61.1% 54.0%\nTina 65,516.73 356.83 56.3%\nZoë 772.45 NVE599125 29.0%\nThomas 28.98 1476143 48.5%\nIris 186.65 G 96153 73.9%\nZoe 891.92 CA-368 56.9%\nIvan 4.79 N6X-7IM 38.6%\nElena 39,170.61 941915 49.1%\nJohn 72,20 48915 17.2%\nJohn 78,690.52 HVHYF 81.9%\nThomas 5.31 S9AY2 13.9%\nSarah 59.31 20090 48.5%\nMary 3.947 047966 41.5%\nIris 18,837.12 wvCC7c 22.7%\nRobert 6,484.47 596II 19.7',
    read: 'Thereon Guy Pilaffs Year\nLinda 8,271.21 204 40.7%\nChloé 13,556.96 6XLWI 94.0%\nTina 65,516.73 35683 56.3%\nZoë 772.45 NVE599125 29.0%\nThomas 29.98 G 76143 48.5%\nlris 186.65 14985 73.9%\nZoe 891.92 CA-368 56.9%\nIvan 4.79 N6X-71M 38.6%\nElena 39,170.61 941515 49.1%\nJohn 72.28 A/8915 17.2%\nJohn 78,690.52 HVHYF 81.9%\nThomas 5.31 S9AY2 13.9%\nSarah 59.37 24790 48.5%\nMary 3,941.57 000966 41.5%\nIris 18,837.12 wvCC7c 22.7%\nRobert 6,484.47 596/I 19.7%\nLaura 8.18 484 58.8%',
  },
];
