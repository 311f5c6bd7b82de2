// result: 7
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = UInt64(context.length), s = -Int64(context.length)
    let (low, over) = n.multipliedReportingOverflow(by: 1 << 57)
    let (high, under) = n.multipliedReportingOverflow(by: 1 << 58)
    let (least, fits) = s.multipliedReportingOverflow(by: 1 << 57)
    let (_, most) = s.multipliedReportingOverflow(by: -1 << 57)
    return (low == 1 << 63 && !over ? 1 : 0) + (high == 0 && under ? 2 : 0)
        + (least == Int64.min && !fits && most ? 4 : 0)
}
