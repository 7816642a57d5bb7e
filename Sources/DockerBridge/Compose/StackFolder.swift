import Base
import Glibc

/// The folder of one stack, opened step by step without following a link: a user who may write into a stack must not be able to
/// lead the agent out of it, not even by swapping a folder for a link meanwhile.
struct StackFolder: ~Copyable {
    private static let folderMode: mode_t = 0o750
    private static let fileMode: mode_t = 0o600

    let path: String
    private let descriptor: CInt

    /// - Parameters:
    ///   - root: the folder of all stacks, which is made if it is missing; it may be a link, since the operator chose it.
    ///   - folders: from there down.
    ///   - creates: makes what is missing.
    init(root: String, _ folders: [String], creates: Bool) throws(ComposeFailure) {
        if creates { mkdir(root, Self.folderMode) }
        let top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard top >= 0 else { throw Self.failure("the stacks directory \(root) cannot be opened") }
        self.descriptor = try Self.descend(from: top, folders, creates: creates)
        self.path = ([root.hasSuffix("/") && root != "/" ? String(root.dropLast()) : root] + folders)
            .joined(separator: "/")
    }

    deinit { close(self.descriptor) }

    /// Writes a file of the stack as a whole, so that no program reads half of it.
    func write(_ contents: [UInt8], to components: [String]) throws(ComposeFailure) {
        let shown = components.joined(separator: "/")
        guard let name = components.last else { throw ComposeFailure("a file path is empty") }
        let own = dup(self.descriptor)
        guard own >= 0 else { throw Self.failure("the stack directory cannot be used") }
        let folder = try Self.descend(from: own, Array(components.dropLast()), creates: true)
        defer { close(folder) }
        let temporary = ".\(name).new"
        do throws(SystemFault) {
            try NewFile.replace(name, in: folder, temporary: temporary, with: contents.span, mode: Self.fileMode)
        } catch {
            throw Self.failure("file \"\(shown)\" cannot be written", error)
        }
    }

    /// Whether there is a regular file of that name.
    func hasFile(_ name: String) -> Bool {
        var status = stat()
        return fstatat(self.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// - Parameter start: is closed.
    private static func descend(
        from start: CInt,
        _ folders: [String],
        creates: Bool
    ) throws(ComposeFailure) -> CInt {
        var folder = start
        for name in folders {
            if creates { mkdirat(folder, name, self.folderMode) }
            let next = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let error = errno
            close(folder)
            guard next >= 0 else {
                errno = error
                let isLink = error == ELOOP || error == ENOTDIR
                throw isLink
                    ? ComposeFailure("\"\(name)\" is no directory, or a symbolic link, which escapes stack directory")
                    : self.failure("directory \"\(name)\" of the stack cannot be opened")
            }
            folder = next
        }
        return folder
    }

    private static func failure(_ text: String, _ fault: SystemFault = .last) -> ComposeFailure {
        ComposeFailure("\(text) (\(fault))")
    }
}
