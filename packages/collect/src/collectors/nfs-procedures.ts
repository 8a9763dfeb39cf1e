/**
 * Names of the NFS procedures in the order in which the kernel counts them.
 *
 * Sources: RFC 1094, RFC 1813, RFC 7530 and the kernel's fs/nfs, fs/nfsd; spelled as node_exporter spells them.
 */

function names(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** Versions 2 and 3, client and server alike. */
export const PROCEDURES_V2 = names(`
  Null GetAttr SetAttr Root Lookup ReadLink Read WrCache Write Create Remove Rename Link SymLink MkDir RmDir ReadDir FsStat
`);
export const PROCEDURES_V3 = names(`
  Null GetAttr SetAttr Lookup Access ReadLink Read Write Create MkDir SymLink MkNod Remove RmDir Rename Link ReadDir
  ReadDirPlus FsStat FsInfo PathConf Commit
`);

/** Version 4, as the client counts. */
export const CLIENT_V4 = names(`
  Null Read Write Commit Open OpenConfirm OpenNoattr OpenDowngrade Close Setattr FsInfo Renew SetClientID
  SetClientIDConfirm Lock Lockt Locku Access Getattr Lookup LookupRoot Remove Rename Link Symlink Create Pathconf StatFs
  ReadLink ReadDir ServerCaps DelegReturn GetACL SetACL FsLocations ReleaseLockowner Secinfo FsidPresent ExchangeID
  CreateSession DestroySession Sequence GetLeaseTime ReclaimComplete GetDeviceInfo LayoutGet LayoutCommit LayoutReturn
  SecinfoNoName TestStateID FreeStateID GetDeviceList BindConnToSession DestroyClientID Seek Allocate DeAllocate
  LayoutStats Clone
`);

/** Operations of version 4, as the server counts; "-" is one that is not shown. */
export const SERVER_V4 = names(`
  - - - Access Close Commit Create DelegPurge DelegReturn GetAttr GetFH Link Lock Lockt Locku Lookup LookupRoot Nverify Open
  OpenAttr OpenConfirm OpenDgrd PutFH - - Read ReadDir ReadLink Remove Rename Renew RestoreFH SaveFH SecInfo SetAttr
  SetClientID SetClientIDConfirm Verify Write RelLockOwner
`);
