import NIOCore

@testable import DockerBridge

extension Targets {
    /// Docker's multiplexed streams, cut anywhere.
    static func stdcopy(_ bytes: UnsafeRawBufferPointer) {
        _ = self.inPieces(bytes) { pieces in self.stdcopy(pieces) }
    }

    private static func stdcopy(_ pieces: [ArraySlice<UInt8>]) -> [[UInt8]] {
        var decoder = StdcopyDecoder()
        var streams: [[UInt8]] = [[], [], []]
        for piece in pieces {
            do throws(StdcopyDecoder.Malformed) {
                var piece = ByteBuffer(bytes: piece)
                try decoder.decode(&piece) {
                    streams[Int($1.rawValue)] += $0.readableBytesView
                    return true
                }
            } catch {
                return streams
            }
        }
        return streams
    }
}
