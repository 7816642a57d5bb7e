import Glibc

/// Notices that one of the files a dial reads is another one than before.
///
/// It looks rather than listens: a notification does not come through every kind of mount that keys are kept on.
struct KeyFileWatch {
    /// Between two looks.
    static let interval = Duration.seconds(2)

    private let paths: [String]
    private var seen: [Mark?]

    private struct Mark: Equatable {
        let device: dev_t
        let inode: ino_t
        let size: off_t
        let seconds: Int
        let nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.device = status.st_dev
            self.inode = status.st_ino
            self.size = status.st_size
            self.seconds = status.st_mtim.tv_sec
            self.nanoseconds = status.st_mtim.tv_nsec
        }
    }

    init(paths: [String]) {
        self.paths = paths
        self.seen = paths.map { Mark($0) }
    }

    mutating func hasChanged() -> Bool {
        let now = self.paths.map { Mark($0) }
        defer { self.seen = now }
        return now != self.seen
    }
}
