// SPDX-License-Identifier: Apache-2.0

/// The version that all three tools print; raised together with the CHANGELOG.
package let toolVersion = "0.1.0"
