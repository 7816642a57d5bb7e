import Glibc

extension UnsafeRawBufferPointer {
    /// Compares by the C library: a loop of ours would take most of the time of a run that is not optimised.
    func isSame(as other: UnsafeRawBufferPointer) -> Bool {
        guard self.count == other.count else { return false }
        guard let left = self.baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, self.count) == 0
    }
}
