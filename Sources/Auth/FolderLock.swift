import Glibc

/// Makes sure that one process at a time uses a folder. The kernel takes the lock back when the process ends.
final class FolderLock: Sendable {
    private let path: String
    private let descriptor: CInt

    /// - Throws: `.missing`, `.unreadable`, or `.inUse` if another process holds the lock.
    init(_ path: String) throws(KeyFileError) {
        self.path = path
        self.descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard self.descriptor >= 0 else {
            let code: KeyFileError.Code = errno == ENOENT ? .missing : .unreadable
            throw KeyFileError(code, "cannot be opened (\(GuardedFile.text(of: errno)))", path: path)
        }
        guard flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else {
                throw KeyFileError(.unwritable, "cannot be locked (\(GuardedFile.text(of: errno)))", path: path)
            }
            throw KeyFileError(.inUse, "is in use by another agent", path: path)
        }
    }

    /// Waits until the disk holds the names of the files in the folder.
    func synchronize() throws(KeyFileError) {
        guard fsync(self.descriptor) == 0 else {
            throw KeyFileError(.unwritable, "cannot be written (\(GuardedFile.text(of: errno)))", path: self.path)
        }
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
    }
}
